console.log('todo', process.version, process.argv.slice(2), process.env.MILLRACE_PARENT_FD)
