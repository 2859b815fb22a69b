/* SPDX-License-Identifier: MIT */
/* The shares of all parts, in the order in which their types are made ready. Included more than
 * once, each time with another KS_STATIC_TYPE; so there is no include guard. */
#include "static_types_types.def"
#if __has_include("static_types_containers.def")
#include "static_types_containers.def"
#endif
#if __has_include("static_types_numbers.def")
#include "static_types_numbers.def"
#endif
#if __has_include("static_types_str.def")
#include "static_types_str.def"
#endif
#if __has_include("static_types_small.def")
#include "static_types_small.def"
#endif
#if __has_include("static_types_call.def")
#include "static_types_call.def"
#endif
#if __has_include("static_types_errors.def")
#include "static_types_errors.def"
#endif
#if __has_include("static_types_compiler.def")
#include "static_types_compiler.def"
#endif
#if __has_include("static_types_eval.def")
#include "static_types_eval.def"
#endif
#if __has_include("static_types_lifecycle.def")
#include "static_types_lifecycle.def"
#endif
#if __has_include("static_types_lead.def")
#include "static_types_lead.def"
#endif
#if __has_include("static_types_parser.def")
#include "static_types_parser.def"
#endif
#if __has_include("static_types_io.def")
#include "static_types_io.def"
#endif
#if __has_include("static_types_import.def")
#include "static_types_import.def"
#endif
#if __has_include("static_types_modules.def")
#include "static_types_modules.def"
#endif
#if __has_include("static_types_codecs.def")
#include "static_types_codecs.def"
#endif
#if __has_include("static_types_context.def")
#include "static_types_context.def"
#endif
#if __has_include("static_types_sys.def")
#include "static_types_sys.def"
#endif
#if __has_include("static_types_modules2.def")
#include "static_types_modules2.def"
#endif
