/* SPDX-License-Identifier: MIT */
/* Signals inside the core. */
#ifndef Py_INTERNAL_SIGNAL_H
#define Py_INTERNAL_SIGNAL_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef _SIG_MAXSIG
#define Py_NSIG _SIG_MAXSIG
#endif

#if !defined(_SIG_MAXSIG) && defined(NSIG)
#define Py_NSIG NSIG
#endif

#if !defined(_SIG_MAXSIG) && !defined(NSIG) && defined(_NSIG)
#define Py_NSIG _NSIG
#endif

#if !defined(_SIG_MAXSIG) && !defined(NSIG) && !defined(_NSIG) && defined(_SIGMAX)
#define Py_NSIG (_SIGMAX + 1)
#endif

#if !defined(_SIG_MAXSIG) && !defined(NSIG) && !defined(_NSIG) && !defined(_SIGMAX) && defined(SIGMAX)
#define Py_NSIG (SIGMAX + 1)
#endif

#if !defined(_SIG_MAXSIG) && !defined(NSIG) && !defined(_NSIG) && !defined(_SIGMAX) && !defined(SIGMAX)
#define Py_NSIG 64
#endif

#ifdef __cplusplus
}
#endif

#endif
