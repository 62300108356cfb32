import { type ComponentProps, useEffect, useRef, useState } from 'react';

/**
 * A table that scrolls sideways by itself when it is too wide; then the keyboard reaches it. Until a script has measured it, it may be
 * too wide: without one, and in a part that rests, every table can be reached.
 */
export function ScrollTable(props: ComponentProps<'table'>) {
  const frame = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(true);
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
