// Package moving has the commands by which users, applications and rooms move in and out:
// import, export, and user import.
package moving
