package change

// State is what one run hands to the next.
type State struct{}
