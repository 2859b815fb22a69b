/* SPDX-License-Identifier: MIT */
/* Marks for race detectors that an annotating build would report to. This build has none: each
 * mark compiles to nothing. */
#ifndef __DYNAMIC_ANNOTATIONS_H__
#define __DYNAMIC_ANNOTATIONS_H__

#define DYNAMIC_ANNOTATIONS_ENABLED 0

#define _Py_ANNOTATE_RWLOCK_CREATE(lock)
#define _Py_ANNOTATE_RWLOCK_DESTROY(lock)
#define _Py_ANNOTATE_RWLOCK_ACQUIRED(lock, is_write)
#define _Py_ANNOTATE_RWLOCK_RELEASED(lock, is_write)
#define _Py_ANNOTATE_BARRIER_INIT(barrier, count, reinitialization_allowed)
#define _Py_ANNOTATE_BARRIER_WAIT_BEFORE(barrier)
#define _Py_ANNOTATE_BARRIER_WAIT_AFTER(barrier)
#define _Py_ANNOTATE_BARRIER_DESTROY(barrier)
#define _Py_ANNOTATE_CONDVAR_LOCK_WAIT(condition, lock)
#define _Py_ANNOTATE_CONDVAR_WAIT(condition)
#define _Py_ANNOTATE_CONDVAR_SIGNAL(condition)
#define _Py_ANNOTATE_CONDVAR_SIGNAL_ALL(condition)
#define _Py_ANNOTATE_HAPPENS_BEFORE(address)
#define _Py_ANNOTATE_HAPPENS_AFTER(address)
#define _Py_ANNOTATE_PUBLISH_MEMORY_RANGE(address, size)
#define _Py_ANNOTATE_UNPUBLISH_MEMORY_RANGE(address, size)
#define _Py_ANNOTATE_SWAP_MEMORY_RANGE(address, size)
#define _Py_ANNOTATE_PCQ_CREATE(queue)
#define _Py_ANNOTATE_PCQ_DESTROY(queue)
#define _Py_ANNOTATE_PCQ_PUT(queue)
#define _Py_ANNOTATE_PCQ_GET(queue)
#define _Py_ANNOTATE_NEW_MEMORY(address, size)
#define _Py_ANNOTATE_EXPECT_RACE(address, text)
#define _Py_ANNOTATE_BENIGN_RACE(address, text)
#define _Py_ANNOTATE_BENIGN_RACE_SIZED(address, size, text)
#define _Py_ANNOTATE_BENIGN_RACE_STATIC(variable, text)
#define _Py_ANNOTATE_PURE_HAPPENS_BEFORE_MUTEX(lock)
#define _Py_ANNOTATE_MUTEX_IS_USED_AS_CONDVAR(lock)
#define _Py_ANNOTATE_TRACE_MEMORY(address)
#define _Py_ANNOTATE_THREAD_NAME(name)
#define _Py_ANNOTATE_IGNORE_READS_BEGIN()
#define _Py_ANNOTATE_IGNORE_READS_END()
#define _Py_ANNOTATE_IGNORE_WRITES_BEGIN()
#define _Py_ANNOTATE_IGNORE_WRITES_END()
#define _Py_ANNOTATE_IGNORE_READS_AND_WRITES_BEGIN()
#define _Py_ANNOTATE_IGNORE_READS_AND_WRITES_END()
#define _Py_ANNOTATE_IGNORE_SYNC_BEGIN()
#define _Py_ANNOTATE_IGNORE_SYNC_END()
#define _Py_ANNOTATE_ENABLE_RACE_DETECTION(enable)
#define _Py_ANNOTATE_NO_OP(argument)
#define _Py_ANNOTATE_FLUSH_STATE()
#define _Py_ANNOTATE_UNPROTECTED_READ(variable) (variable)

#endif
