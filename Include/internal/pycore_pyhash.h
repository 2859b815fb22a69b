/* SPDX-License-Identifier: MIT */
/* Hashing without the secret. */
#ifndef Py_INTERNAL_HASH_H
#define Py_INTERNAL_HASH_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

uint64_t _Py_KeyedHash(uint64_t, const char *, Py_ssize_t);

#ifdef __cplusplus
}
#endif

#endif
