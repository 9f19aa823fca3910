/* Columns for kernels of eight lanes, whose words have 32 bits. */
#include <stdint.h>

typedef uint32_t word;
#define STAGE simd_stage_avx512vl
#include "stage_avx512vl.h"
