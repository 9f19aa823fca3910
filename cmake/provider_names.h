/* The names that internal functions and data of the provider have in its objects: see private_names.h. */
#ifndef PROVIDER_NAMES_H
#define PROVIDER_NAMES_H

#define hkdf_functions lanekdf_hkdf_functions
#define hkdf_sha256_functions lanekdf_hkdf_sha256_functions
#define hkdf_sha384_functions lanekdf_hkdf_sha384_functions
#define hkdf_sha512_functions lanekdf_hkdf_sha512_functions
#define hmac_functions lanekdf_hmac_functions
#define kdf_derive lanekdf_kdf_derive
#define kdf_dup lanekdf_kdf_dup
#define kdf_free lanekdf_kdf_free
#define kdf_get_params lanekdf_kdf_get_params
#define kdf_gettable lanekdf_kdf_gettable
#define kdf_new lanekdf_kdf_new
#define kdf_reset lanekdf_kdf_reset
#define kdf_set_params lanekdf_kdf_set_params
#define next_hmac lanekdf_next_hmac
#define next_kdf lanekdf_next_kdf
#define provider_free lanekdf_provider_free
#define provider_new lanekdf_provider_new
#define provider_serves_hmac lanekdf_provider_serves_hmac
#define self_test lanekdf_self_test
#define served_digest_find lanekdf_served_digest_find
#define served_sha256 lanekdf_served_sha256
#define served_sha384 lanekdf_served_sha384
#define served_sha512 lanekdf_served_sha512
#define tls13_kdf_functions lanekdf_tls13_kdf_functions
#define tls1_prf_functions lanekdf_tls1_prf_functions

#endif
