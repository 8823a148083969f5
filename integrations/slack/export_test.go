package slack

import "time"

// SetQuiet says how long a connection may be silent.
func (s *Socket) SetQuiet(d time.Duration) { s.quiet = d }

// Pause is how long to wait after so many tries.
var Pause = pause
