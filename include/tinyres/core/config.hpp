#pragma once

#if !defined(__cpp_exceptions)
#error "tinyres: errors are reported by exceptions; compile without -fno-exceptions"
#endif
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error                                                                                                                 \
    "tinyres: -ffast-math and -ffinite-math-only drop the checks for NaN, so a training gone wrong would end well; compile what includes tinyres with -fno-finite-math-only after them"
#endif

/// The name of the inline namespace that holds the whole library: the instruction set that a translation unit is
/// compiled for. Two units compiled with different flags then never share a symbol, so the linker cannot pick an
/// AVX-512 body for a program that also runs on older machines.
#if defined(__AMX_BF16__) || defined(__AMXBF16__) // g++ and clang++
#define TINYRES_ARCH arch_amx_bf16
#elif defined(__AVX512BF16__) && defined(__AVX512FP16__)
#define TINYRES_ARCH arch_avx512_bf16_fp16
#elif defined(__AVX512BF16__)
#define TINYRES_ARCH arch_avx512_bf16
#elif defined(__AVX512BW__)
#define TINYRES_ARCH arch_avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define TINYRES_ARCH arch_avx2_fma
#elif defined(__AVX__)
#define TINYRES_ARCH arch_avx
#elif defined(__SSE4_2__)
#define TINYRES_ARCH arch_sse4_2
#elif defined(__x86_64__)
#define TINYRES_ARCH arch_sse2
#elif defined(__ARM_NEON)
#define TINYRES_ARCH arch_neon
#else
#define TINYRES_ARCH arch_generic
#endif
