"""One sentence a command; decides nothing itself."""
