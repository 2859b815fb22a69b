/* SPDX-License-Identifier: MIT */
/* How this system writes paths. */
#ifndef Py_OSDEFS_H
#define Py_OSDEFS_H

#define SEP L'/'
#define DELIM L':'
#ifndef MAXPATHLEN
#if defined(PATH_MAX) && PATH_MAX > 1024
#define MAXPATHLEN PATH_MAX
#else
#define MAXPATHLEN 1024
#endif
#endif

#endif
