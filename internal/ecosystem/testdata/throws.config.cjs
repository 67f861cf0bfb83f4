// It throws.
throw new Error('hidden-thrown ' + process.env.HOME);
