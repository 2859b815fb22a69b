/* SPDX-License-Identifier: MIT */
/* The time module: clocks, sleeping, and broken-down time.
 *
 * Clocks answer in nanoseconds (_PyTime_t) and are turned into floats at the door. A struct_time
 * has nine items and two attributes more, the zone's name and offset. */
#include "Python.h"

#include <sys/resource.h>
#include <time.h>

#include "pycore_fileutils.h"
#include "pycore_namespace.h"

#include "ks_args.h"

typedef struct TimeState {
    PyTypeObject *struct_time;
} TimeState;

static TimeState *
time_state(PyObject *module)
{
    return PyModule_GetState(module);
}

/* --- clocks --- */

static PyObject *
seconds_from(_PyTime_t time)
{
    return PyFloat_FromDouble(_PyTime_AsSecondsDouble(time));
}

/* A POSIX clock as nanoseconds; -1 with OSError. */
static int
clock_read(clockid_t clock, _PyTime_t *time)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    return _PyTime_FromTimespec(time, &now);
}

#define CLOCK_FUNCTIONS(name, clock)                                            \
    static PyObject *time_##name(PyObject *module, PyObject *unused)            \
    {                                                                           \
        _PyTime_t time;                                                         \
        return clock_read(clock, &time) < 0 ? NULL : seconds_from(time);        \
    }                                                                           \
    static PyObject *time_##name##_ns(PyObject *module, PyObject *unused)       \
    {                                                                           \
        _PyTime_t time;                                                         \
        return clock_read(clock, &time) < 0 ? NULL : _PyTime_AsNanosecondsObject(time); \
    }
CLOCK_FUNCTIONS(time, CLOCK_REALTIME)
CLOCK_FUNCTIONS(monotonic, CLOCK_MONOTONIC)
CLOCK_FUNCTIONS(perf_counter, CLOCK_MONOTONIC)
CLOCK_FUNCTIONS(process_time, CLOCK_PROCESS_CPUTIME_ID)
CLOCK_FUNCTIONS(thread_time, CLOCK_THREAD_CPUTIME_ID)

static int
clock_arg(PyObject *arg, clockid_t *clock)
{
    int number;
    if (!ks_arg_int(arg, &number))
        return 0;
    *clock = (clockid_t)number;
    return 1;
}

static PyObject *
time_clock_gettime(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    clockid_t clock;
    _PyTime_t time;
    if (!ks_args_count("clock_gettime", nargs, 1, 1) || !clock_arg(args[0], &clock) ||
        clock_read(clock, &time) < 0)
        return NULL;
    return seconds_from(time);
}

static PyObject *
time_clock_gettime_ns(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    clockid_t clock;
    _PyTime_t time;
    if (!ks_args_count("clock_gettime_ns", nargs, 1, 1) || !clock_arg(args[0], &clock) ||
        clock_read(clock, &time) < 0)
        return NULL;
    return _PyTime_AsNanosecondsObject(time);
}

static PyObject *
clock_write(clockid_t clock, _PyTime_t time)
{
    struct timespec value;
    if (_PyTime_AsTimespec(time, &value) < 0)
        return NULL;
    if (clock_settime(clock, &value) != 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *
time_clock_settime(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    clockid_t clock;
    _PyTime_t time;
    if (!ks_args_count("clock_settime", nargs, 2, 2) || !clock_arg(args[0], &clock) ||
        _PyTime_FromSecondsObject(&time, args[1], _PyTime_ROUND_FLOOR) < 0)
        return NULL;
    return clock_write(clock, time);
}

static PyObject *
time_clock_settime_ns(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    clockid_t clock;
    _PyTime_t time;
    if (!ks_args_count("clock_settime_ns", nargs, 2, 2) || !clock_arg(args[0], &clock) ||
        _PyTime_FromNanosecondsObject(&time, args[1]) < 0)
        return NULL;
    return clock_write(clock, time);
}

static PyObject *
time_clock_getres(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    clockid_t clock;
    struct timespec resolution;
    if (!ks_args_count("clock_getres", nargs, 1, 1) || !clock_arg(args[0], &clock))
        return NULL;
    if (clock_getres(clock, &resolution) != 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    return PyFloat_FromDouble((double)resolution.tv_sec + (double)resolution.tv_nsec * 1e-9);
}

static PyObject *
time_pthread_getcpuclockid(PyObject *module, PyObject *arg)
{
    unsigned long thread = PyLong_AsUnsignedLongMask(arg);
    clockid_t clock;
    if (thread == (unsigned long)-1 && PyErr_Occurred())
        return NULL;
    int error = pthread_getcpuclockid((pthread_t)thread, &clock);
    if (error != 0) {
        errno = error;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyLong_FromLong(clock);
}

static const struct {
    const char *name, *implementation;
    clockid_t clock;
    int monotonic, adjustable;
} clock_facts[] = {
    {"time", "clock_gettime(CLOCK_REALTIME)", CLOCK_REALTIME, 0, 1},
    {"monotonic", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, 1, 0},
    {"perf_counter", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, 1, 0},
    {"process_time", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", CLOCK_PROCESS_CPUTIME_ID, 1, 0},
    {"thread_time", "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", CLOCK_THREAD_CPUTIME_ID, 1, 0},
};

static PyObject *
time_get_clock_info(PyObject *module, PyObject *arg)
{
    PyObject *name;
    if (!ks_arg_str("get_clock_info", 1, arg, &name))
        return NULL;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(clock_facts); i++) {
        if (PyUnicode_CompareWithASCIIString(name, clock_facts[i].name) != 0)
            continue;
        struct timespec resolution = {0, 1};
        (void)clock_getres(clock_facts[i].clock, &resolution);
        KS_OWNED PyObject *dict = Py_BuildValue(
            "{sssOsOsd}", "implementation", clock_facts[i].implementation, "monotonic",
            clock_facts[i].monotonic ? Py_True : Py_False, "adjustable",
            clock_facts[i].adjustable ? Py_True : Py_False, "resolution",
            (double)resolution.tv_sec + (double)resolution.tv_nsec * 1e-9);
        return dict == NULL ? NULL : _PyNamespace_New(dict);
    }
    PyErr_SetString(PyExc_ValueError, "unknown clock");
    return NULL;
}

/* --- sleep --- */

/* Until an absolute moment, so that interruptions do not make it longer. */
static PyObject *
time_sleep(PyObject *module, PyObject *arg)
{
    _PyTime_t duration;
    if (_PyTime_FromSecondsObject(&duration, arg, _PyTime_ROUND_TIMEOUT) < 0)
        return NULL;
    if (duration < 0) {
        PyErr_SetString(PyExc_ValueError, "sleep length must be non-negative");
        return NULL;
    }
    _PyTime_t now = _PyTime_GetMonotonicClock();
    struct timespec deadline;
    if (_PyTime_AsTimespec(_PyTime_Add(now, duration), &deadline) < 0)
        return NULL;
    for (;;) {
        int error;
        Py_BEGIN_ALLOW_THREADS
        error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL);
        Py_END_ALLOW_THREADS
        if (error == 0)
            Py_RETURN_NONE;
        if (error != EINTR) {
            errno = error;
            return PyErr_SetFromErrno(PyExc_OSError);
        }
        if (PyErr_CheckSignals() < 0)
            return NULL;
    }
}

/* --- broken-down time --- */

static PyStructSequence_Field struct_time_fields[] = {
    {"tm_year", "year, for example, 1993"},
    {"tm_mon", "month of year, range [1, 12]"},
    {"tm_mday", "day of month, range [1, 31]"},
    {"tm_hour", "hours, range [0, 23]"},
    {"tm_min", "minutes, range [0, 59]"},
    {"tm_sec", "seconds, range [0, 61])"},
    {"tm_wday", "day of week, range [0, 6], Monday is 0"},
    {"tm_yday", "day of year, range [1, 366]"},
    {"tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"},
    {"tm_zone", "abbreviation of timezone name"},
    {"tm_gmtoff", "offset from UTC in seconds"},
    {NULL},
};

static PyStructSequence_Desc struct_time_desc = {
    "time.struct_time", "The time value as returned by gmtime(), localtime(), and strptime().",
    struct_time_fields, 9};

static PyObject *
struct_time_from(TimeState *state, const struct tm *tm)
{
    PyObject *result = PyStructSequence_New(state->struct_time);
    if (result == NULL)
        return NULL;
    const long items[] = {tm->tm_year + 1900L, tm->tm_mon + 1, tm->tm_mday, tm->tm_hour,
                          tm->tm_min, tm->tm_sec, (tm->tm_wday + 6) % 7, tm->tm_yday + 1,
                          tm->tm_isdst};
    for (int i = 0; i < 9; i++)
        PyStructSequence_SET_ITEM(result, i, PyLong_FromLong(items[i]));
    PyStructSequence_SET_ITEM(result, 9,
                              PyUnicode_DecodeLocale(tm->tm_zone ? tm->tm_zone : "",
                                                     "surrogateescape"));
    PyStructSequence_SET_ITEM(result, 10, PyLong_FromLong(tm->tm_gmtoff));
    if (PyErr_Occurred())
        Py_CLEAR(result);
    return result;
}

/* The optional seconds of gmtime() and its kin; now without them. */
static int
seconds_arg(const char *name, PyObject *const *args, Py_ssize_t nargs, time_t *seconds)
{
    if (!ks_args_count(name, nargs, 0, 1))
        return 0;
    if (nargs == 0 || args[0] == Py_None) {
        *seconds = time(NULL);
        return 1;
    }
    return _PyTime_ObjectToTime_t(args[0], seconds, _PyTime_ROUND_FLOOR) == 0;
}

static PyObject *
time_gmtime(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    time_t seconds;
    struct tm tm;
    if (!seconds_arg("gmtime", args, nargs, &seconds) || _PyTime_gmtime(seconds, &tm) != 0)
        return NULL;
    return struct_time_from(time_state(module), &tm);
}

static PyObject *
time_localtime(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    time_t seconds;
    struct tm tm;
    if (!seconds_arg("localtime", args, nargs, &seconds) || _PyTime_localtime(seconds, &tm) != 0)
        return NULL;
    return struct_time_from(time_state(module), &tm);
}

/* A tuple or struct_time as a struct tm; 0 with an exception. */
static int
tm_from(TimeState *state, PyObject *args, struct tm *tm, const char *format)
{
    int year;
    memset(tm, 0, sizeof *tm);
    if (!PyTuple_Check(args)) {
        PyErr_SetString(PyExc_TypeError, "Tuple or struct_time argument required");
        return 0;
    }
    KS_OWNED PyObject *tuple = PyTuple_GetSlice(args, 0, PyTuple_GET_SIZE(args));
    if (tuple == NULL ||
        !PyArg_ParseTuple(tuple, format, &year, &tm->tm_mon, &tm->tm_mday, &tm->tm_hour,
                          &tm->tm_min, &tm->tm_sec, &tm->tm_wday, &tm->tm_yday, &tm->tm_isdst))
        return 0;
    if (year < INT_MIN + 1900) {
        PyErr_SetString(PyExc_OverflowError, "year out of range");
        return 0;
    }
    tm->tm_year = year - 1900;
    tm->tm_mon--;
    tm->tm_wday = (tm->tm_wday + 1) % 7;
    tm->tm_yday--;
    if (!Py_IS_TYPE(args, state->struct_time))
        return 1;
    PyObject *offset = PyStructSequence_GET_ITEM(args, 10);
    if (offset != Py_None) {
        tm->tm_gmtoff = PyLong_AsLong(offset);
        if (tm->tm_gmtoff == -1 && PyErr_Occurred())
            return 0;
    }
    PyObject *zone = PyStructSequence_GET_ITEM(args, 9);
    if (zone != Py_None && (tm->tm_zone = PyUnicode_AsUTF8(zone)) == NULL)
        return 0;
    return 1;
}

/* The fields that the C library indexes tables with must be in range. Zeros where counting starts at
 * 1 are taken for 1, as programs have come to rely on. */
static int
tm_check(struct tm *tm)
{
    const char *bad = NULL;
    if (tm->tm_mon == -1)
        tm->tm_mon = 0;
    else if (tm->tm_mon < 0 || tm->tm_mon > 11)
        bad = "month out of range";
    if (tm->tm_mday == 0)
        tm->tm_mday = 1;
    else if (bad == NULL && (tm->tm_mday < 0 || tm->tm_mday > 31))
        bad = "day of month out of range";
    if (bad == NULL && (tm->tm_hour < 0 || tm->tm_hour > 23))
        bad = "hour out of range";
    if (bad == NULL && (tm->tm_min < 0 || tm->tm_min > 59))
        bad = "minute out of range";
    if (bad == NULL && (tm->tm_sec < 0 || tm->tm_sec > 61))
        bad = "seconds out of range";
    if (bad == NULL && tm->tm_wday < 0)
        bad = "day of week out of range";
    if (tm->tm_yday == -1)
        tm->tm_yday = 0;
    else if (bad == NULL && (tm->tm_yday < 0 || tm->tm_yday > 365))
        bad = "day of year out of range";
    if (bad == NULL)
        return 1;
    PyErr_SetString(PyExc_ValueError, bad);
    return 0;
}

static PyObject *
asctime_text(const struct tm *tm)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return PyUnicode_FromFormat("%s %s%3d %.2d:%.2d:%.2d %d", days[tm->tm_wday],
                                months[tm->tm_mon], tm->tm_mday, tm->tm_hour, tm->tm_min,
                                tm->tm_sec, 1900 + tm->tm_year);
}

static int
local_now(struct tm *tm)
{
    return _PyTime_localtime(time(NULL), tm);
}

static PyObject *
time_asctime(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    struct tm tm;
    if (!ks_args_count("asctime", nargs, 0, 1))
        return NULL;
    if (nargs == 0) {
        if (local_now(&tm) != 0)
            return NULL;
    }
    else if (!tm_from(time_state(module), args[0], &tm,
                      "iiiiiiiii;asctime(): illegal time tuple argument") ||
             !tm_check(&tm)) {
        return NULL;
    }
    return asctime_text(&tm);
}

static PyObject *
time_ctime(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    time_t seconds;
    struct tm tm;
    if (!seconds_arg("ctime", args, nargs, &seconds) || _PyTime_localtime(seconds, &tm) != 0)
        return NULL;
    return asctime_text(&tm);
}

static PyObject *
time_mktime(PyObject *module, PyObject *arg)
{
    struct tm tm;
    if (!tm_from(time_state(module), arg, &tm, "iiiiiiiii;mktime(): illegal time tuple argument"))
        return NULL;
    tm.tm_wday = -1; /* stays -1 if the call fails: -1 alone is a valid moment */
    time_t seconds = mktime(&tm);
    if (seconds == (time_t)-1 && tm.tm_wday == -1) {
        PyErr_SetString(PyExc_OverflowError, "mktime argument out of range");
        return NULL;
    }
    return PyFloat_FromDouble((double)seconds);
}

/* strftime() with a buffer that grows. An empty result is told from a full buffer by its size. */
static PyObject *
format_time(const wchar_t *format, const struct tm *tm)
{
    size_t length = wcslen(format);
    for (size_t room = 1024;; room += room) {
        wchar_t *buffer = PyMem_New(wchar_t, room);
        if (buffer == NULL)
            return PyErr_NoMemory();
        errno = 0;
        size_t written = wcsftime(buffer, room, format, tm);
        if (written > 0 || room >= 256 * length) {
            PyObject *text = PyUnicode_FromWideChar(buffer, (Py_ssize_t)written);
            PyMem_Free(buffer);
            return text;
        }
        PyMem_Free(buffer);
    }
}

static PyObject *
time_strftime(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *text;
    struct tm tm;
    if (nargs < 1 || nargs > 2) {
        PyErr_Format(PyExc_TypeError, "strftime() takes at %s argument%s (%zd given)",
                     nargs < 1 ? "least 1" : "most 2", nargs < 1 ? "" : "s", nargs);
        return NULL;
    }
    if (!ks_arg_str("strftime", 1, args[0], &text))
        return NULL;
    if (nargs == 1) {
        if (local_now(&tm) != 0)
            return NULL;
    }
    else if (!tm_from(time_state(module), args[1], &tm,
                      "iiiiiiiii;strftime(): illegal time tuple argument") ||
             !tm_check(&tm)) {
        return NULL;
    }
    /* Any positive value may mean summer time; the C library wants 1. */
    tm.tm_isdst = tm.tm_isdst < -1 ? -1 : tm.tm_isdst > 1 ? 1 : tm.tm_isdst;
    wchar_t *format = PyUnicode_AsWideCharString(text, NULL);
    if (format == NULL)
        return NULL;
    PyObject *result = format_time(format, &tm);
    PyMem_Free(format);
    return result;
}

static PyObject *
time_strptime(PyObject *module, PyObject *args)
{
    KS_OWNED PyObject *helper = PyImport_ImportModule("_strptime");
    KS_OWNED PyObject *function =
        helper == NULL ? NULL : PyObject_GetAttrString(helper, "_strptime_time");
    return function == NULL ? NULL : PyObject_Call(function, args, NULL);
}

/* --- time zone --- */

#define YEAR_SECONDS ((time_t)((365 * 24 + 6) * 3600))

/* Offset and name of the zone at a moment. */
static int
zone_at(time_t moment, long *offset, char *name, size_t size)
{
    struct tm tm;
    if (_PyTime_localtime(moment, &tm) != 0)
        return -1;
    *offset = -tm.tm_gmtoff;
    snprintf(name, size, "%s", tm.tm_zone != NULL ? tm.tm_zone : "   ");
    return 0;
}

/* timezone, altzone, daylight and tzname, from a winter and a summer day of this year. */
static int
add_zone(PyObject *module)
{
    char january[16], july[16];
    long january_offset, july_offset;
    time_t start = time(NULL) / YEAR_SECONDS * YEAR_SECONDS;
    if (zone_at(start, &january_offset, january, sizeof january) < 0 ||
        zone_at(start + YEAR_SECONDS / 2, &july_offset, july, sizeof july) < 0)
        return -1;
    /* South of the equator it is winter in July. */
    int is_southern = january_offset < july_offset;
    long offset = is_southern ? july_offset : january_offset;
    long summer = is_southern ? january_offset : july_offset;
    if (PyModule_AddIntConstant(module, "timezone", offset) < 0 ||
        PyModule_AddIntConstant(module, "altzone", summer) < 0 ||
        PyModule_AddIntConstant(module, "daylight", january_offset != july_offset) < 0)
        return -1;
    KS_OWNED PyObject *names =
        Py_BuildValue("(NN)", PyUnicode_DecodeLocale(is_southern ? july : january, "surrogateescape"),
                      PyUnicode_DecodeLocale(is_southern ? january : july, "surrogateescape"));
    return names == NULL ? -1 : PyModule_AddObjectRef(module, "tzname", names);
}

static PyObject *
time_tzset(PyObject *module, PyObject *unused)
{
    tzset();
    if (add_zone(module) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* --- module --- */

#define ROW(name, flags, doc) METHOD_PLAIN(#name, time_##name, flags, doc)
static PyMethodDef time_methods[] = {
    ROW(time, METH_NOARGS, "time() -> floating point number\n\nSeconds since the Epoch."),
    ROW(time_ns, METH_NOARGS, "time_ns() -> int\n\nNanoseconds since the Epoch."),
    ROW(clock_gettime, METH_FASTCALL, "clock_gettime(clk_id) -> float\n\nTime of a POSIX clock."),
    ROW(clock_gettime_ns, METH_FASTCALL,
        "clock_gettime_ns(clk_id) -> int\n\nTime of a POSIX clock in nanoseconds."),
    ROW(clock_settime, METH_FASTCALL, "clock_settime(clk_id, time)\n\nSet a POSIX clock."),
    ROW(clock_settime_ns, METH_FASTCALL,
        "clock_settime_ns(clk_id, time)\n\nSet a POSIX clock in nanoseconds."),
    ROW(clock_getres, METH_FASTCALL,
        "clock_getres(clk_id) -> floating point number\n\nResolution of a POSIX clock."),
    ROW(pthread_getcpuclockid, METH_O,
        "pthread_getcpuclockid(thread_id) -> int\n\nThe clock of a thread's processor time."),
    ROW(sleep, METH_O, "sleep(seconds)\n\nDelay for a number of seconds, which may be a fraction."),
    ROW(gmtime, METH_FASTCALL, "gmtime([seconds]) -> struct_time\n\nUTC of a moment."),
    ROW(localtime, METH_FASTCALL, "localtime([seconds]) -> struct_time\n\nLocal time of a moment."),
    ROW(asctime, METH_FASTCALL, "asctime([tuple]) -> string\n\nA time as text."),
    ROW(ctime, METH_FASTCALL, "ctime(seconds) -> string\n\nA moment's local time as text."),
    ROW(mktime, METH_O, "mktime(tuple) -> floating point number\n\nThe moment of a local time."),
    ROW(strftime, METH_FASTCALL, "strftime(format[, tuple]) -> string\n\nFormat a time."),
    ROW(strptime, METH_VARARGS, "strptime(string, format) -> struct_time\n\nParse a time."),
    ROW(tzset, METH_NOARGS, "tzset()\n\nTake a changed TZ variable over."),
    ROW(monotonic, METH_NOARGS, "monotonic() -> float\n\nA clock that cannot go backward."),
    ROW(monotonic_ns, METH_NOARGS, "monotonic_ns() -> int\n\nThe same in nanoseconds."),
    ROW(process_time, METH_NOARGS, "process_time() -> float\n\nProcessor time of the process."),
    ROW(process_time_ns, METH_NOARGS, "process_time_ns() -> int\n\nThe same in nanoseconds."),
    ROW(thread_time, METH_NOARGS, "thread_time() -> float\n\nProcessor time of the thread."),
    ROW(thread_time_ns, METH_NOARGS, "thread_time_ns() -> int\n\nThe same in nanoseconds."),
    ROW(perf_counter, METH_NOARGS, "perf_counter() -> float\n\nThe clock for measuring."),
    ROW(perf_counter_ns, METH_NOARGS, "perf_counter_ns() -> int\n\nThe same in nanoseconds."),
    ROW(get_clock_info, METH_O, "get_clock_info(name: str) -> dict\n\nFacts about a clock."),
    {NULL},
};

#define CLOCK(name) {#name, name},
static const struct {
    const char *name;
    int value;
} clock_constants[] = {
    CLOCK(CLOCK_REALTIME) CLOCK(CLOCK_MONOTONIC) CLOCK(CLOCK_MONOTONIC_RAW)
    CLOCK(CLOCK_PROCESS_CPUTIME_ID) CLOCK(CLOCK_THREAD_CPUTIME_ID) CLOCK(CLOCK_BOOTTIME)
    CLOCK(CLOCK_TAI) {"_STRUCT_TM_ITEMS", 11},
};

static int
time_exec(PyObject *module)
{
    TimeState *state = time_state(module);
    if (add_zone(module) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(clock_constants); i++) {
        if (PyModule_AddIntConstant(module, clock_constants[i].name, clock_constants[i].value) < 0)
            return -1;
    }
    state->struct_time = PyStructSequence_NewType(&struct_time_desc);
    return state->struct_time == NULL ? -1 : PyModule_AddType(module, state->struct_time);
}

static int
time_traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(time_state(module)->struct_time);
    return 0;
}

static int
time_clear(PyObject *module)
{
    Py_CLEAR(time_state(module)->struct_time);
    return 0;
}

static void
time_free(void *module)
{
    time_clear(module);
}

static PyModuleDef_Slot time_slots[] = {{Py_mod_exec, time_exec}, {0, NULL}};

static struct PyModuleDef time_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "time",
    .m_doc = PyDoc_STR("Clocks, sleeping, and conversions between representations of time."),
    .m_size = sizeof(TimeState),
    .m_methods = time_methods,
    .m_slots = time_slots,
    .m_traverse = time_traverse,
    .m_clear = time_clear,
    .m_free = time_free,
};

PyMODINIT_FUNC
PyInit_time(void)
{
    return PyModuleDef_Init(&time_module);
}
