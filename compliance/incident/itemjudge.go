package incident

import "strconv"

// PickItem finds the thing that an act is about: the one of the given ordinal,
// from 1, or the only open one where none is named. The index is -1 with NoItem
// and WhichItem.
func PickItem(items []ActionItem, ordinal string) (int, Reason) {
	if ordinal != "" {
		n, err := strconv.Atoi(ordinal)
		switch {
		case err != nil || n < 1 || n > len(items):
			return -1, NoItem
		case !items[n-1].Open():
			return n - 1, ItemEnded
		}
		return n - 1, OK
	}
	at, open := -1, 0
	for i, a := range items {
		if a.Open() {
			at, open = i, open+1
		}
	}
	switch open {
	case 0:
		return -1, NoItem
	case 1:
		return at, OK
	}
	return -1, WhichItem
}

// JudgeFinish says whether this person may report a thing as done: its owner, a
// responder who wrote the review or anybody who may close incidents, by the
// caller's live check.
func JudgeFinish(r Review, item ActionItem, by Actor, closes bool) Reason {
	switch {
	case !item.Open():
		return ItemEnded
	case by.judge() != OK:
		return by.judge()
	case by.Person != item.Owner && by.Person != r.Author && !closes:
		return NotOwner
	}
	return OK
}

// JudgeWithdraw says whether this person may withdraw a thing: with the
// authority to close incidents, by the caller's live check, and not its owner.
// That the tracker calls it "won't do", or has lost it, is nobody's word (I27).
func JudgeWithdraw(item ActionItem, by Actor, closes bool) Reason {
	switch {
	case !item.Open():
		return ItemEnded
	case by.judge() != OK:
		return by.judge()
	case by.Person == item.Owner:
		return IsOwner
	case !closes:
		return NotCloser
	}
	return OK
}
