/** The build copies the module here from the package, under a name that browsers resolve. */
export * from 'preact/hooks';
