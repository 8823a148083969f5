package patch

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

const tableColumns = 6

// ParseTable reads a table from CSV: a header, then one row for each of the 16
// combinations of exploited, exposed, automatable and impact, numbered from 0
// in the first column, the outcome in the last: "3 days", "3 days & forensic
// investigation" or "fix on system upgrade". The error says which row is wrong.
func ParseTable(data []byte) (Table, error) {
	if len(data) > 1<<16 {
		return Table{}, fmt.Errorf("decision table: %d bytes; a table of 16 rows has at most 65536", len(data))
	}
	r := csv.NewReader(strings.NewReader(string(data)))
	r.FieldsPerRecord = tableColumns
	records, err := r.ReadAll()
	if err != nil {
		return Table{}, fmt.Errorf("decision table: %w; write %d columns in every row", err, tableColumns)
	}
	if len(records) == 0 {
		return Table{}, fmt.Errorf("decision table: empty; write a header and 16 rows")
	}
	if err := checkHeader(records[0]); err != nil {
		return Table{}, err
	}
	sum := sha256.Sum256(data)
	t := Table{Digest: "sha256:" + hex.EncodeToString(sum[:]), rows: make(map[Inputs]tableRow, 16)}
	for i, rec := range records[1:] {
		in, row, err := parseRow(rec)
		if err != nil {
			return Table{}, fmt.Errorf("decision table: row %d: %w", i, err)
		}
		if _, twice := t.rows[in]; twice || row.number != i {
			return Table{}, fmt.Errorf("decision table: row %d: numbered %d or its inputs repeated; every combination stands once, in order", i, row.number)
		}
		t.rows[in] = row
	}
	if len(t.rows) != 16 {
		return Table{}, fmt.Errorf("decision table: %d rows; all 16 combinations are needed, so that no input is without an answer", len(t.rows))
	}
	return t, nil
}

// checkHeader keeps a table with swapped columns from being read: two of them hold the same words.
func checkHeader(header []string) error {
	for i, want := range []string{"row", "kev", "exposed", "automatable", "impact", ""} {
		if !strings.Contains(strings.ToLower(header[i]), want) {
			return fmt.Errorf("decision table: column %d is %q; its header must name %q", i+1, header[i], want)
		}
	}
	return nil
}

func parseRow(rec []string) (Inputs, tableRow, error) {
	n, err := strconv.Atoi(rec[0])
	if err != nil {
		return Inputs{}, tableRow{}, fmt.Errorf("%q is no row number", rec[0])
	}
	in := Inputs{Exploited: Answer(rec[1]), Exposed: Answer(rec[2]), Automatable: Answer(rec[3]), Impact: Impact(rec[4])}
	if len(in.unknown()) > 0 {
		return Inputs{}, tableRow{}, fmt.Errorf("%v: write yes or no three times, then partial or total", rec[1:5])
	}
	o, err := parseOutcome(rec[5])
	return in, tableRow{n, o}, err
}

func parseOutcome(s string) (Outcome, error) {
	if s == "fix on system upgrade" {
		return Outcome{}, nil
	}
	days, rest, _ := strings.Cut(s, " days")
	n, err := strconv.Atoi(days)
	if err != nil || n < 1 || n > 3650 || strconv.Itoa(n) != days || (rest != "" && rest != " & forensic investigation") {
		return Outcome{}, fmt.Errorf("outcome %q: write \"14 days\", \"3 days & forensic investigation\" or \"fix on system upgrade\"", s)
	}
	return Outcome{Days: n, Forensic: rest != ""}, nil
}
