import { type ComponentProps, useEffect, useRef, useState } from 'react';

/** A table that scrolls sideways by itself when it is too wide; then, and only then, the keyboard reaches it. */
export function ScrollTable(props: ComponentProps<'table'>) {
  const frame = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setScrolls(element.scrollWidth > element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const reachable = scrolls ? { tabIndex: 0, role: 'group', 'aria-label': 'Table, scrolls sideways' } : {};
  return (
    <div className="table-scroll" ref={frame} {...reachable}>
      <table {...props} />
    </div>
  );
}
