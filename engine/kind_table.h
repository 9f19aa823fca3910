/*
 * The table of job kinds: the public id of each, and its constant without the kind_, which is defined in the
 * file named behind it. The table is included by kind.h and kinds.c, which define KIND.
 */
/* clang-format off */
KIND(LANEKDF_KIND_PRF,           prf)           /* prf.c */
KIND(LANEKDF_KIND_HANDSHAKE,     handshake)     /* tls.c */
KIND(LANEKDF_KIND_HASH,          message_hash)  /* digest.c */
KIND(LANEKDF_KIND_HMAC,          hmac)          /* digest.c */
KIND(LANEKDF_KIND_EXPORTER,      exporter)      /* prf.c */
KIND(LANEKDF_KIND_FINISHED,      finished)      /* tls.c */
KIND(LANEKDF_KIND_PREPARE,       prepare)       /* prf.c */
KIND(LANEKDF_KIND_SSL3_PRF,      ssl3_prf)      /* ssl3.c */
KIND(LANEKDF_KIND_SSL3_FINISHED, ssl3_finished) /* ssl3.c */
/* clang-format on */
