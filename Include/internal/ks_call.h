/* SPDX-License-Identifier: MIT */
/* What the files about calls share. */
#ifndef KS_CALL_H
#define KS_CALL_H

#include "ks_base.h"

/* NULL; SystemError unless an exception is set already. */
PyObject *ks_call_null_error(PyThreadState *tstate);

#endif
