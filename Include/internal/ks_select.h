/* SPDX-License-Identifier: MIT */
/* What the files of the select module share. */
#ifndef KS_SELECT_H
#define KS_SELECT_H

#include "Python.h"

/* Seconds as float or int, or None, for which *timeout becomes -1; 0 with an exception. */
int ks_select_timeout(PyObject *arg, _PyTime_t *timeout);
/* Adds the epoll type; 0, or -1 with an exception. */
int ks_epoll_set_up(PyObject *module);

#endif
