/* SPDX-License-Identifier: MIT */
/* Kept because old sources include it; the grammar's tables left the interface long ago. */
#ifndef Py_GRAMINIT_H
#define Py_GRAMINIT_H

#endif
