package policy

import (
	"time"

	"github.com/lowcodex/countersign/compliance/certification"
)

// LocalIn gives a zone as the rules of certifications need it, for the instant
// now. It returns an error for a name that is not an IANA zone.
func LocalIn(zone string, now time.Time) (certification.Local, error) {
	zones := zoneCache{}
	loc, err := zones.load(zone)
	if err != nil {
		return certification.Local{}, err
	}
	return certification.Local{
		Zone: zone, Hash: zoneDigest([]string{zone}, zones, now), Today: certification.DateOf(now.In(loc)),
		Instant: func(d certification.Date, hour int) time.Time {
			year, month, day := d.Civil()
			first, _, _ := Instants(Wall{Year: year, Month: month, Day: day, Hour: hour}, loc)
			return first
		},
	}, nil
}
