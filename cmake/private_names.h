/*
 * The names that internal functions and data of the library have in its objects.
 *
 * C has one space of names for all global symbols of a program. A program may have a function of its own with
 * the name of one of ours. It would not link then, or, worse, the library would call the program's function:
 * a wipe_frames() that is not ours leaves secrets on the stack. So every global name that is not in lanekdf.h
 * gets the prefix lanekdf_ here, and the sources keep short names that say where a function lives. (kind.h
 * and kernel.h give it to the rows of their tables.) The build includes this file ahead of every C and
 * assembler file of the library, and of the tests and benchmarks that use internal functions
 * (cmake/parts.cmake). The test private_names tells of a line that is missing or no longer needed.
 */
#ifndef PRIVATE_NAMES_H
#define PRIVATE_NAMES_H

#define batch_derive lanekdf_batch_derive
#define batch_next lanekdf_batch_next
#define columns_make lanekdf_columns_make
#define compiler_begin lanekdf_compiler_begin
#define compiler_finish lanekdf_compiler_finish
#define derivation_prepare lanekdf_derivation_prepare
#define derivation_secret_hash lanekdf_derivation_secret_hash
#define evaluate lanekdf_evaluate
#define formula_begin lanekdf_formula_begin
#define formula_deliver lanekdf_formula_deliver
#define formula_deliver_also lanekdf_formula_deliver_also
#define formula_deliver_prepared lanekdf_formula_deliver_prepared
#define formula_hash lanekdf_formula_hash
#define formula_hmac lanekdf_formula_hmac
#define formula_input_value lanekdf_formula_input_value
#define formula_list_key lanekdf_formula_list_key
#define formula_list_message lanekdf_formula_list_message
#define formula_list_value lanekdf_formula_list_value
#define formula_output lanekdf_formula_output
#define formula_output_prepared lanekdf_formula_output_prepared
#define formula_set_secret lanekdf_formula_set_secret
#define graph_begin lanekdf_graph_begin
#define group_company lanekdf_group_company
#define group_find_elsewhere lanekdf_group_find_elsewhere
#define group_merge lanekdf_group_merge
#define group_move lanekdf_group_move
#define hashes lanekdf_hashes
#define kernel_is_right lanekdf_kernel_is_right
#define kernel_measure_all lanekdf_kernel_measure_all
#define kinds_begin_job lanekdf_kinds_begin_job
#define kinds_fail_job lanekdf_kinds_fail_job
#define kinds_find lanekdf_kinds_find
#define kinds_has_overlap lanekdf_kinds_has_overlap
#define kinds_outputs_overlap lanekdf_kinds_outputs_overlap
#define layout_is_fixed lanekdf_layout_is_fixed
#define layout_messages lanekdf_layout_messages
#define layout_state lanekdf_layout_state
#define plan_allows lanekdf_plan_allows
#define plan_cost lanekdf_plan_cost
#define plan_make lanekdf_plan_make
#define prf_digests lanekdf_prf_digests
#define prf_formula lanekdf_prf_formula
#define prf_secret lanekdf_prf_secret
#define published_program lanekdf_published_program
#define published_route_begin lanekdf_published_route_begin
#define reference_derive lanekdf_reference_derive
#define reference_hash_add lanekdf_reference_hash_add
#define reference_hash_end lanekdf_reference_hash_end
#define reference_hash_start lanekdf_reference_hash_start
#define reference_hmac_end lanekdf_reference_hmac_end
#define reference_hmac_key lanekdf_reference_hmac_key
#define reference_hmac_start lanekdf_reference_hmac_start
#define route_make lanekdf_route_make
#define route_is_followed lanekdf_route_is_followed
#define routes_begin lanekdf_routes_begin
#define routes_begin_job lanekdf_routes_begin_job
#define sample_init lanekdf_sample_init
#define sample_load lanekdf_sample_load
#define sample_run lanekdf_sample_run
#define sample_stage lanekdf_sample_stage
#define sample_store lanekdf_sample_store
#define sample_unstage lanekdf_sample_unstage
#define sample_wipe lanekdf_sample_wipe
#define sha256_avx2_compress1 lanekdf_sha256_avx2_compress1
#define sha256_avx2_compress2 lanekdf_sha256_avx2_compress2
#define sha256_avx512_compress2 lanekdf_sha256_avx512_compress2
#define sha256_avx512_compress4 lanekdf_sha256_avx512_compress4
#define sha256_avx512_x16_begin lanekdf_sha256_avx512_x16_begin
#define sha256_avx512_x16_end lanekdf_sha256_avx512_x16_end
#define sha256_avx512_x16_step lanekdf_sha256_avx512_x16_step
#define sha256_k lanekdf_sha256_k
#define sha256_shani_avx512vl_digest lanekdf_sha256_shani_avx512vl_digest
#define sha256_shani_avx512vl_digest_alone lanekdf_sha256_shani_avx512vl_digest_alone
#define sha256_shani_avx512vl_message lanekdf_sha256_shani_avx512vl_message
#define sha256_shani_avx512vl_message_alone lanekdf_sha256_shani_avx512vl_message_alone
#define sha256_shani_avx512vl_padded lanekdf_sha256_shani_avx512vl_padded
#define sha256_shani_avx512vl_rounds lanekdf_sha256_shani_avx512vl_rounds
#define sha256_shani_groups lanekdf_sha256_shani_groups
#define sha512_avx2_compress1 lanekdf_sha512_avx2_compress1
#define sha512_avx2_compress2 lanekdf_sha512_avx2_compress2
#define sha512_avx512_compress2 lanekdf_sha512_avx512_compress2
#define sha512_avx512_compress4 lanekdf_sha512_avx512_compress4
#define sha512_k lanekdf_sha512_k
#define simd_candidates lanekdf_simd_candidates
#define simd_clear_registers lanekdf_simd_clear_registers
#define simd_cost lanekdf_simd_cost
#define simd_cpu_features lanekdf_simd_cpu_features
#define simd_cpu_names lanekdf_simd_cpu_names
#define simd_families lanekdf_simd_families
#define simd_stage_avx512 lanekdf_simd_stage_avx512
#define simd_stage_avx512vl lanekdf_simd_stage_avx512vl
#define simd_start lanekdf_simd_start
#define ssl3_begin_handshake lanekdf_ssl3_begin_handshake
#define ssl3_check_handshake lanekdf_ssl3_check_handshake
#define staging_begin_bank lanekdf_staging_begin_bank
#define staging_begin_rows lanekdf_staging_begin_rows
#define staging_bind lanekdf_staging_bind
#define staging_by_columns lanekdf_staging_by_columns
#define staging_deliver lanekdf_staging_deliver
#define staging_fill_rows lanekdf_staging_fill_rows
#define staging_load lanekdf_staging_load
#define staging_load_bank lanekdf_staging_load_bank
#define staging_store lanekdf_staging_store
#define start_cpu_mask lanekdf_start_cpu_mask
#define start_make_plans lanekdf_start_make_plans
#define start_once lanekdf_start_once
#define start_read_options lanekdf_start_read_options
#define wipe_frames lanekdf_wipe_frames

#endif
