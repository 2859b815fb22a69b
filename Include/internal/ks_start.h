/* SPDX-License-Identifier: MIT */
/* Steps of start-up and shut-down that the lifecycle_*.c files share. */
#ifndef KS_START_H
#define KS_START_H

#include "Python.h"
#include "pycore_initconfig.h"

PyStatus ks_start_streams(PyThreadState *tstate);
/* Everything between a fresh thread state and a usable interpreter. */
PyStatus ks_start_core(PyThreadState *tstate);
PyStatus ks_start_main(PyThreadState *tstate);
/* 0, or -1 if stdout could not be flushed. */
int ks_flush_std_streams(void);
/* Empties sys.modules and every module in it. */
void ks_finalize_modules(PyThreadState *tstate);

#endif
