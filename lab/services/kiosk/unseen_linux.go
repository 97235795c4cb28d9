package main

import "syscall"

// neverMadeOtherwise asks the kernel to let go of a process that does not exist: ptrace, refused with ESRCH.
func neverMadeOtherwise() {
	if err := syscall.PtraceDetach(1<<31 - 1); err == nil {
		failedTotal.Add(1)
	}
}
