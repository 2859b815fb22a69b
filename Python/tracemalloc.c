/* SPDX-License-Identifier: MIT */
/* Tracing of memory blocks. */
