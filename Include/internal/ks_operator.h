/* SPDX-License-Identifier: MIT */
/* The types of the _operator module. */
#ifndef KS_OPERATOR_H
#define KS_OPERATOR_H

#include "Python.h"

#include "ks_args.h"

extern PyType_Spec ks_attrgetter_spec;
extern PyType_Spec ks_itemgetter_spec;
extern PyType_Spec ks_methodcaller_spec;

#endif
