package lockstep

// commuting says of two operations on one thing that nobody can tell in which order they came: both only look, or both
// only count, or one counts a wait group down and the other waits for it to be at zero.
func commuting(a, b operation, whatA, whatB int32) bool {
	switch {
	case looks(a, whatA):
		return looks(b, whatB)
	case a == opAtomic:
		return b == opAtomic && whatA == atomicCount && whatB == atomicCount
	case a == opReceive:
		return b == opSend || b == opClose
	case b == opReceive:
		return a == opSend || a == opClose
	case a == opWaitGroupAdd:
		return b == opWaitGroupAdd || b == opWaitGroupWait && whatA < 0
	case a == opWaitGroupWait:
		return b == opWaitGroupWait || b == opWaitGroupAdd && whatB < 0
	}
	return false
}

func looks(o operation, what int32) bool {
	return o == opRead || o == opRLock || o == opRUnlock || o == opLength || o == opAtomic && what == atomicLoad
}
