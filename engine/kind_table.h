/*
 * The table of job kinds. A row has the public id of a kind and the NAME of its constant, kind_NAME, which is
 * defined in the file that the row ends with. kind.h and kinds.c include the table and define KIND.
 */
/* clang-format off */
KIND(LANEKDF_KIND_PRF,               prf)               /* prf.c */
KIND(LANEKDF_KIND_HANDSHAKE,         handshake)         /* tls.c */
KIND(LANEKDF_KIND_HASH,              message_hash)      /* digest.c */
KIND(LANEKDF_KIND_HMAC,              hmac)              /* digest.c */
KIND(LANEKDF_KIND_EXPORTER,          exporter)          /* prf.c */
KIND(LANEKDF_KIND_FINISHED,          finished)          /* tls.c */
KIND(LANEKDF_KIND_PREPARE,           prepare)           /* prf.c */
KIND(LANEKDF_KIND_SSL3_PRF,          ssl3_prf)          /* ssl3.c */
KIND(LANEKDF_KIND_SSL3_FINISHED,     ssl3_finished)     /* ssl3.c */
KIND(LANEKDF_KIND_HKDF,              hkdf)              /* hkdf.c */
KIND(LANEKDF_KIND_EXPAND_LABEL,      expand_label)      /* hkdf.c */
KIND(LANEKDF_KIND_TLS13_EARLY,       tls13_early)       /* tls13_early.c */
KIND(LANEKDF_KIND_TLS13_HANDSHAKE,   tls13_handshake)   /* tls13_handshake.c */
KIND(LANEKDF_KIND_TLS13_FINISHED,    tls13_finished)    /* tls13_handshake.c */
KIND(LANEKDF_KIND_TLS13_APPLICATION, tls13_application) /* tls13_application.c */
KIND(LANEKDF_KIND_TLS13_RESUMPTION,  tls13_resumption)  /* tls13_resumption.c */
KIND(LANEKDF_KIND_TLS13_TRAFFIC,     tls13_traffic)     /* tls13_traffic.c */
KIND(LANEKDF_KIND_TLS13_EXPORTER,    tls13_exporter)    /* tls13_exporter.c */
KIND(LANEKDF_KIND_TLS13_PSK_IMPORT,  tls13_psk_import)  /* tls13_psk_import.c */
KIND(LANEKDF_KIND_ECH_CONFIRMATION,  ech_confirmation)  /* ech.c */
KIND(LANEKDF_KIND_QUIC_INITIAL,      quic_initial)      /* quic.c */
/* clang-format on */
