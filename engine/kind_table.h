/*
 * The table of job kinds. A row has the public id of a kind and the NAME of its constant, kind_NAME, which is
 * defined in the file that the row ends with. kind.h and kinds.c include the table and define KIND.
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
