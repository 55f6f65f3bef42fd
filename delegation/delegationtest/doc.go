// Package delegationtest helps hosts to test. It holds a suite for every
// contract of package delegation, which every implementation must pass:
// [Applications], [Users], [Provisioner], [Records], [Assertions] and [Keys].
// [Directory] keeps all but the keys in memory. The examples show both.
package delegationtest
