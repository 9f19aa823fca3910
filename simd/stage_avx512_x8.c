/* Columns for kernels of eight lanes, whose words have 64 bits. */
#include <stdint.h>

typedef uint64_t word;
#define STAGE simd_stage_avx512_x8
#include "stage_avx512.h"
