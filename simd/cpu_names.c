/* The names of the CPU features, in one table for all architectures. */
#include "simd.h"

#include <string.h>

/* The names are those of the compilers' options: -msha, -mavx2. */
#define FEATURES(ROW)                                                                                        \
    ROW(SIMD_CPU_SHANI, "sha")                                                                               \
    ROW(SIMD_CPU_AVX, "avx")                                                                                 \
    ROW(SIMD_CPU_AVX2, "avx2")                                                                               \
    ROW(SIMD_CPU_AVX512F, "avx512f")                                                                         \
    ROW(SIMD_CPU_AVX512BW, "avx512bw")                                                                       \
    ROW(SIMD_CPU_AVX512VL, "avx512vl")                                                                       \
    ROW(SIMD_CPU_BMI2, "bmi2")

#define BIT_AND_NAME(bit, name) {bit, name},
#define OR_BIT(bit, name) | bit
#define PLUS_BYTES(bit, name) +sizeof(name) /* with the space or the final zero behind the name */

static const struct {
    uint32_t bit;
    const char *name;
} features[] = {FEATURES(BIT_AND_NAME)};
_Static_assert((0 FEATURES(OR_BIT)) == (1 << SIMD_N_CPU) - 1, "every feature has a name");
_Static_assert(0 FEATURES(PLUS_BYTES) <= SIMD_CPU_NAMES_BYTES, "a text that names every feature fits");

void simd_cpu_names(char text[SIMD_CPU_NAMES_BYTES], uint32_t set)
{
    char *end = text;

    for (size_t i = 0; i < sizeof(features) / sizeof(*features); i++) {
        if (set & features[i].bit) {
            const size_t len = strlen(features[i].name);
            if (end != text) {
                *end++ = ' ';
            }
            memcpy(end, features[i].name, len);
            end += len;
        }
    }
    *end = 0;
}
