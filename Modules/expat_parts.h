/* SPDX-License-Identifier: MIT */
/* What modules over libexpat share. Include after expat.h. */
#ifndef KS_EXPAT_PARTS_H
#define KS_EXPAT_PARTS_H

/* pyexpat.c: an expat handler that fills a table with what a codec of Python's makes of each single
 * byte. XML_STATUS_ERROR with an exception if it is unknown or needs several. */
int ks_expat_unknown_encoding(void *ignored, const XML_Char *name, XML_Encoding *info);

#endif
