// Memory of this process as Linux counts it.
#ifndef BARE_MEMORY_H
#define BARE_MEMORY_H

long memory_status(const char *key); // "VmRSS:" or "VmHWM:", bytes
void memory_reset_peak(void);        // VmHWM starts again, where the kernel allows it
long memory_faults(void);            // minor and major page faults so far

#endif
