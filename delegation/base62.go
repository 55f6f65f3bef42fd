package delegation

import (
	"fmt"
	"io"
	"math/big"
	"strings"
)

const base62Digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// base62 writes a big-endian number with a fixed count of digits.
func base62(number []byte, digits int) string {
	text := new(big.Int).SetBytes(number).Text(62)
	return strings.Repeat("0", max(0, digits-len(text))) + text
}

// randomBase62 draws digits without bias: a byte beyond the last multiple of 62
// is drawn again.
func randomBase62(random io.Reader, digits int) (string, error) {
	text := make([]byte, 0, digits)
	var draw [1]byte
	for len(text) < digits {
		if _, err := io.ReadFull(random, draw[:]); err != nil {
			return "", fmt.Errorf("drawing an id: %w", err)
		}
		if draw[0] < 4*62 {
			text = append(text, base62Digits[draw[0]%62])
		}
	}
	return string(text), nil
}

func isBase62(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !alphanumeric(r) }) < 0
}
