package lasuite

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// object is one that Django wrote.
type object struct {
	Model  string          `json:"model"`
	PK     json.RawMessage `json:"pk"`
	Fields json.RawMessage `json:"fields"`
}

// The objects that are read.
type (
	userFields struct {
		Email      *string `json:"email"`
		AdminEmail *string `json:"admin_email"`
		IsActive   *bool   `json:"is_active"`
		CreatedAt  string  `json:"created_at"`
	}
	resourceFields struct {
		CreatedAt string `json:"created_at"`
		UpdatedAt string `json:"updated_at"`
	}
	roomFields struct {
		Name          string          `json:"name"`
		Slug          *string         `json:"slug"`
		AccessLevel   string          `json:"access_level"`
		Configuration json.RawMessage `json:"configuration"`
		PINCode       *string         `json:"pin_code"`
	}
	accessFields struct {
		Resource  string          `json:"resource"`
		User      json.RawMessage `json:"user"`
		Role      string          `json:"role"`
		CreatedAt string          `json:"created_at"`
	}
	applicationFields struct {
		Name         string          `json:"name"`
		IsActive     *bool           `json:"is_active"`
		Active       *bool           `json:"active"` // before LaSuite Meet's migration 0018
		ClientID     string          `json:"client_id"`
		ClientSecret string          `json:"client_secret"`
		Scopes       json.RawMessage `json:"scopes"`
		CreatedAt    string          `json:"created_at"`
		UpdatedAt    string          `json:"updated_at"`
	}
	domainFields struct {
		Domain      string `json:"domain"`
		Application string `json:"application"`
	}
)

// decode yields every object, with its number, of a list or one after another.
func decode(in io.Reader, yield func(object, int) error) error {
	buffered := bufio.NewReaderSize(in, 64<<10)
	list, err := isList(buffered)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(buffered)
	if list {
		if _, err := decoder.Token(); err != nil {
			return err
		}
	}
	for number := 1; ; number++ {
		if list && !decoder.More() {
			_, err := decoder.Token()
			return broken(err, number)
		}
		var one object
		switch err := decoder.Decode(&one); {
		case errors.Is(err, io.EOF) && !list:
			return nil
		case err != nil:
			return broken(err, number)
		}
		if err := yield(one, number); err != nil {
			return err
		}
	}
}

// broken says at which record a file cannot be read, without what stands there.
func broken(err error, number int) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("record %d: the file ends in the middle", number)
	case errors.As(err, &syntax):
		return fmt.Errorf("record %d, before byte %d: is not JSON", number, syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("record %d, before byte %d: is not an object of dumpdata", number, kind.Offset)
	}
	return fmt.Errorf("record %d: %w", number, err)
}

// isList reports whether the text begins with a list.
func isList(in *bufio.Reader) (bool, error) {
	for {
		next, err := in.Peek(1)
		if err != nil {
			return false, errors.New("the file is empty")
		}
		if !strings.ContainsRune(" \t\r\n", rune(next[0])) {
			return next[0] == '[', nil
		}
		_, _ = in.Discard(1)
	}
}

// textList reads a list of texts. Django writes the list of an ArrayField as a text that
// holds JSON.
func textList(raw json.RawMessage) (list []string) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		raw = json.RawMessage(text)
	}
	_ = json.Unmarshal(raw, &list)
	return list
}
