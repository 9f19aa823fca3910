/* Columns for kernels of four lanes, whose words have 64 bits. */
#include <stdint.h>

typedef uint64_t word;
#define STAGE simd_stage_avx512vl_x4
#include "stage_avx512vl.h"
