/* SPDX-License-Identifier: MIT */
/* The types of the _collections module, which is spread over several sources. */
#ifndef KS_COLLECTIONS_H
#define KS_COLLECTIONS_H

#include "Python.h"

extern PyTypeObject ks_deque_type;
extern PyTypeObject ks_deque_iter_type;
extern PyTypeObject ks_deque_reviter_type;
extern PyTypeObject ks_defaultdict_type;
extern PyTypeObject ks_tuplegetter_type;

#endif
