package change

import "slices"

// keptRecast bounds the changed votes that a version carries; all of them are in
// the evidence log. Nobody's mind is followed on a card over more changes than these.
const keptRecast = 20

// Recast adds a vote. One that the same person gave at the same level before is void
// from then on and stays visible: until a level completes, the last word counts
// (C24). The given votes are not altered.
func Recast(votes []Vote, v Vote) []Vote {
	after := slices.Clone(votes)
	changed := 0
	for i := range after {
		if after[i].Level == v.Level && after[i].Person == v.Person && after[i].Void == OK {
			after[i].Void = VoteChanged
		}
		if after[i].Void == VoteChanged {
			changed++
		}
	}
	return append(slices.DeleteFunc(after, func(old Vote) bool {
		drop := old.Void == VoteChanged && changed > keptRecast
		if drop {
			changed--
		}
		return drop
	}), v)
}

// Changes reports whether a vote takes the place of one that the same person gave at
// the same level.
func Changes(votes []Vote, v Vote) bool { return standing(votes, v.Level, v.Person) != nil }
