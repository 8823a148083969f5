package gateway

// Final reports whether an act that was not recorded for this reason stays so
// however often the same delivery is repeated. A sender that repeats by itself
// is asked to do so for every other reason.
func Final(reason string) bool {
	switch reason {
	case ReasonUnknownSubject, ReasonUnknownAction, ReasonMalformed, ReasonTooLarge:
		return true
	}
	return false
}
