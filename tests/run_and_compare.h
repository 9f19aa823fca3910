/* Derives jobs whose results are known and compares all of memory with what it must be. */
#ifndef RUN_AND_COMPARE_H
#define RUN_AND_COMPARE_H

#include "job_case.h"

/*
 * Runs the jobs in one call, or, if context is NULL, one by one through lanekdf_derive_one. `legacy` is the
 * option that is in force for this call: a good job that it does not allow must fail. What is wrong is said
 * on stderr. All memory is forgotten afterwards.
 *
 * The reference judges every good job, and libcrypto one in six as well. Of a job with a prepared secret the
 * reference takes either that or the bytes that it was made of.
 */
bool run_and_compare(struct guarded_memory *memory, struct job_case *cases, size_t n,
    lanekdf_context *context, uint32_t legacy);

/*
 * The two halves of that, for a test that derives the same jobs several times. expect_results() lets the
 * judges say what all of memory must be afterwards; false if they are not of one mind. compare_results()
 * derives the jobs, in a context or one by one, and compares. Before it is called again, job_case_again()
 * puts each job back as it was. guarded_clear() forgets the memory in the end.
 */
bool expect_results(struct guarded_memory *memory, struct job_case *cases, size_t n, uint32_t legacy);
bool compare_results(
    struct guarded_memory *memory, struct job_case *cases, size_t n, lanekdf_context *context);

#endif
