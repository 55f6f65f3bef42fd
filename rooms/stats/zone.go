package stats

import (
	"archive/zip"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// zoneDatabase is the IANA database as Go comes with it. The machine's own directory holds
// other files beside the zones, and the zones that its packager chose.
//
//go:generate cp $GOROOT/lib/time/zoneinfo.zip zoneinfo.zip
//go:embed zoneinfo.zip
var zoneDatabase string

// ErrZone reports a name that the IANA database does not have.
var ErrZone = errors.New("stats: not a time zone of the IANA database")

// Zone returns the time zone with a name of the IANA database, such as Europe/Paris or
// US/Eastern, in the spelling of the database. It returns [ErrZone] for every other name, also
// for Factory, which stands for a clock that was not set. The answer depends on this program
// alone: neither on files of the machine nor on its environment.
func Zone(name string) (*time.Location, error) {
	if name == "UTC" {
		return time.UTC, nil
	}
	archive, err := zip.NewReader(strings.NewReader(zoneDatabase), int64(len(zoneDatabase)))
	if err != nil {
		return nil, fmt.Errorf("stats: reading the time zones: %w", err)
	}
	named := func(file *zip.File) bool { return file.Name == name }
	at := slices.IndexFunc(archive.File, named)
	if at < 0 || name == "Factory" || strings.HasSuffix(name, "/") {
		return nil, ErrZone
	}
	file, err := archive.File[at].Open()
	if err != nil {
		return nil, fmt.Errorf("stats: reading a time zone: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("stats: reading a time zone: %w", err)
	}
	return time.LoadLocationFromTZData(name, data)
}
