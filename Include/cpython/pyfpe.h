/* SPDX-License-Identifier: MIT */
/* Once guarded floating-point traps; kept so that old sources compile. */
#if !defined(Py_PYFPE_H) && !defined(Py_LIMITED_API)
#define Py_PYFPE_H

#ifdef __cplusplus
extern "C" {
#endif

#define PyFPE_START_PROTECT(text, leave)
#define PyFPE_END_PROTECT(value)

#ifdef __cplusplus
}
#endif

#endif
