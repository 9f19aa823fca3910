/* Columns for kernels of sixteen lanes, whose words have 32 bits. */
#include <stdint.h>

typedef uint32_t word;
#define STAGE simd_stage_avx512
#include "stage_avx512.h"
