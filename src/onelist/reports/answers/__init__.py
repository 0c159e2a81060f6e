"""What single commands answer: explain, suggest, bisect, unlisted, badge and init --from."""
