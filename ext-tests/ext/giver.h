/* SPDX-License-Identifier: MIT */
/* What the capsule giver._api points to. */
#ifndef GIVER_H
#define GIVER_H

typedef struct {
    int version;
    long (*triple)(long value);
} GiverApi;

#endif
