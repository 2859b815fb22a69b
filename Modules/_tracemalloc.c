/* SPDX-License-Identifier: MIT */
/* The _tracemalloc module: the Python face of tracemalloc.c. */
