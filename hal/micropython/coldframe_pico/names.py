"""Words of the firmware, from `python -m tools.romnames`: nobody imports this."""


def names(f):
    ACCEPTED; ACTION_NAMES; ACTION_OF; ALIASES; ARMED_OF; ASKS; Accounts; App; AppContext; Ask
    AttributeError; BACK_AT; BAD_OF; BANDED; BAND_AT; Board; CHECKS; COLUMNS; COMMANDS
    CONDITIONS; COOLDOWN; COUNT; COUNTERS; COUNTS; Call; CanError; Completion; Console; Context
    Counter; D; DELAY_AT; DIM; DeadMan; Device; DriverError; ENDS; ENGINE_PGNS; Exception; FAIL
    FINDINGS; FIXED; FMI_NAMES; FROM_OF; Faults; FileRecord; Findings; Group; H; I2C; I2cBus
    I2cPort; IN; INHIBIT; INHIBITS; INTEGRAL_OF; IRQ_RISING; ImportError; IndexError; Interlock
    Json; K; KINDS; KeyError; KeyboardInterrupt; LAMPS; LEVELS; LIMITS; LIMIT_AT; LOAD; LOCKOUT
    MARKS; MCP2515; MCP2518FD; MEMORY_OF; NAME; NAMES; NEEDS; NUMBERS; NoCalendar; NoCan
    NoConsole; NoFram; NotImplementedError; OFF; OF_KIND; OPEN_DRAIN; OP_OF; OSError; OUT
    OUTPUTS; OneWire; OutputBank; P; PASS; PERCENT; PERIODIC; PGN; POINT; POINT_OF; POLICY_OF
    PROBES; PULL_UP; PUMPS; PURGE; PWM; Parts; Pin; PinPort; PlantImage; PlantSide; REF_OF
    RELATIONS; REST; RESULT_NAMES; RUN; RUNUP; Record; Refusal; Relays; Requests; Rooms; Rows
    Runner; RuntimeError; S; SEQ_FAULTS; SETTING; SETTINGS; SHOWN; SIGNED; SKIP; SLOTS
    SOFT_RESET; SPI; SPINDOWN; SPN_NAMES; SPOKEN; STANDBY; STATES; STATUS; STEPS; STOPPING
    SUMMED; SafetySettings; Slots; SpiPort; StopIteration; Supervisor; TABLE; TABLES
    TECHNICIANS; TEXT; TEXTS; TO_OF; TRIPPED; Table; Tap; Text; Timer; Tuning; TypeError; UART
    UNIT; UNITS; UNLOAD; UnicodeError; Unit; VENT; ValueError; VfsLfs2; VfsRom; View
    VirtualBoard; VirtualCalendar; VirtualCan; VirtualFram; VirtualLine; WARMUP; WDT; WDT_RESET
    WITH_OF; WORDS; Watch; Watchdog; Words; _; _ABOUT; _ASKS; _BARS; _COLUMNS; _Disk; _ENTRY
    _GAINS; _GO; _HIGH; _HOLDING; _KINDS; _LOW; _MAGIC; _MAY_DIFFER; _MODE; _N; _NONE; _NO_NAME
    _NUMBER; _ON; _OUTPUTS_SAFE; _POINTED; _POINTS; _PUMPS; _RELAYS; _SHORTEST_ms; _STAY
    _SWITCH; _Seen; _T16; _TEXTS; _TIMES; _WHEN; _Wish; __call__; __getitem__; __init__
    __iter__; __len__; __module__; __name__; __qualname__; _a; _aa; _ab; _ac; _active; _ad; _ae
    _af; _ag; _ah; _ai; _aj; _ak; _al; _alarm; _alarm_end; _all; _allowed; _am; _an; _ao; _ap
    _aq; _ar; _as; _asked; _at; _au; _av; _aw; _awake; _ax; _ay; _az; _b; _ba; _bare; _bb; _bc
    _bd; _be; _bf; _bg; _bh; _bi; _bj; _bk; _bl; _bm; _bn; _bo; _board; _bp; _bq; _br; _bs; _bt
    _bu; _bus; _bv; _bw; _bx; _by; _bytes_of; _bz; _c; _ca; _cb; _cc; _cd; _ce; _cf; _cg; _ch
    _chain; _changed; _check; _ci; _cj; _ck; _cl; _clock; _cm; _cn; _co; _code; _command
    _configure; _cp; _cq; _cr; _crc; _cs; _ct; _cu; _cv; _cw; _cx; _cy; _cz; _d; _da; _data; _db
    _dc; _dd; _de; _df; _dg; _dh; _di; _dj; _dk; _dl; _dm; _dn; _do; _dp; _dq; _dr; _ds; _dt
    _du; _dv; _dw; _dx; _dy; _dz; _e; _ea; _eb; _ec; _ed; _ee; _ef; _eg; _eh; _ei; _ej; _engine
    _entry; _executive; _f; _fast; _faults; _fields; _file; _files; _free; _g; _gap; _good
    _group; _h; _hands; _heap; _held; _home; _i; _image; _implausible; _in; _inhibit; _inputs
    _int; _is_number; _j; _joined; _journal; _judge; _k; _keeper; _kept; _l; _let_go; _level
    _limits; _lit; _login; _m; _may; _members; _memory; _mistake; _mode; _moved; _ms; _n; _name
    _nbt_in; _never; _now; _number; _o; _object; _on_bus; _one; _out; _outputs; _overrides; _p
    _place; _point; _power_up; _proposed; _put; _q; _quality; _r; _read; _receive; _refusing
    _relatch; _reset; _reset_chip; _row; _rows; _runs; _s; _safeties; _sampled; _save_latched
    _seconds; _sensor; _sequence; _service; _setting; _settings; _soft; _stand; _stands; _start
    _state; _state_name; _t; _table16; _tables32; _take; _text; _threshold; _times; _transmit
    _trends; _tuning; _twin; _twin_data; _u; _unconfirmed; _unit; _unknown; _v; _w; _word
    _words; _write; _x; _y; _z; a; ab; about; above; abs; ac; accept; accepted; access; accounts
    achieved_bp; ack; acked; acknowledge; acknowledged; acks_n; act; acted; action; action_name
    actions; active; add; addr; address; addressof; ads1115; after; again; age; age_s; ago_s
    ahead_s; aim_bp; aim_rpm; ak; alarm; alarms; align; alive; all; all_accepted; all_checked_in
    allows; amigo; amount; answer; answered; answers; answers_n; any; apart_s; app; app_person
    app_plant; append; apply; apply_inputs; apply_outputs; arg; args; argument; arguments; arm
    armed; array; arrive_s; arrived; ascii; ask; asked; asked_n; asking; asks; assume_the_worst
    at; at_ms; at_once; at_rest; auto; b; b_q8; back; background; band; barred; barring; base
    base_cC; baud; baudrate; before; begin; beginning; begins; begun; behind; below; binascii
    bit; bits; block; board; board_alarms; bool; both; bottom; brp; budget_us; buf; buffer
    burdened; bus; busy; bytearray; bytearray_at; bytes; bytes_a_poll; c; cC; calendar
    calibrate; calibrate_clear; calibrate_point; calibration; call; callable; callback; calm
    can; can_filters; can_sniff; can_timing; cancel; cancelled; cans; cap; cap_bp; capacity
    capacity_bp; carry_n; cause; cell; cells; cf_comms; cf_core; cf_hal; cf_plant; cf_service
    cf_unit; changed; changing; channels; check; check_wants; checklist; checks; chip; choices
    choose; chr; chwr_cC; chws; chws_cC; ck; claim; clamp; clear; clear_active; clear_pgn
    clear_previous; clear_result; clock; clock_ok; clock_set; close; closed; code; codec; coded
    cold; cold_cC; collect; colour; column; columns; command; commanded; commands; commission
    commission_do; commission_sign; complete; condition; configure; confirmed; console; const
    contact; context; control; controls; copies; core; correction; count; counter; counters
    counts; cranked; crc; crc16; crc32; crc8; cs; current; cursor; cut_by; cut_s; d; d_on_error
    damaged; data; data_known; date; day; day_n; day_s; days; de; dead; dead_man; dead_ms
    deadband; deadband_cC; debounce_ms; decide; decimal; decode; default; deg; deinit; delattr
    delta_cK; demand; demand_bp; den; derive; derived; describe; design_kW; destination; device
    diff; diff_ms; digest; digits; direct; dirty; divmod; dlc; dm; dn_bp_s; dog; done; down
    drain; draw; drdy; drive; driven; drop; dry_crank; ds18b20; ds3231; dt; dt_ms; due; dump
    duplicate; duty_u16; e; e_lim; ec1_purposes; ecu; elapsed_s; eligible; enabled; encode; end
    ended; ends; endswith; engine; engine_can; engine_clear; enter; entries; entry_flags
    entry_s; error; error_bp; error_cK; estop; event; events; events_n; every; everything
    excess_bp; executive; expanders; expect; expire; explain; explicit; export; extend; f
    factory; fail; failed; failing; failures; fall_s; false; fault; faults; faults_n; feed
    feeds_n; ff_bp; file; files; fill; filters; find; finding; findings; fired; firing; first
    first_findings; first_fire; first_out; first_s; fit; fitted; flags; flash; floor_bp
    floor_kW; floor_s; flow; flow_mlps; flush; fmi; fmi_name; follow; force; forced; forget
    forgive; found; fram; frame; frames; free; freq; fresh_ms; frozen; fs; full; full_mV
    function; g; gain; gain_pct; gains; gap_ms; gate; gc; get; get16; get32; getattr; give_back
    give_way; given; gone; good; grant; grants; group; groups; guard; guarded; h; hal; half
    halves32; hand; hand_over; hands; hard; has; hasattr; hashlib; have; having; head; header
    header_cC; healthy; heap_lock; heap_unlock; hear; heard; hears; heat_W100; held; held_n
    help; helping; here; hertz; hex; hexlify; hi; hi_bp; hi_cC; high; highest; hints; hold
    hold_ms; hold_s; holding; hot; hour; hours; hours_h; how; hung; i; i2c; i_bp; id; ident
    ident_port; identity; idle; idle_s; ilistdir; im; image; implementation; in_chip; in_manual
    in_plan; indent; index; informed; inhibit; init; inputs; insert; int; integral; integrating
    interlock; internal; into; ints; ioctl; ipoll; irq; isdigit; isinstance; item; items; j1939
    jn; join; journal; json; judge; jump; jumper; k; kW; kbd_intr; kd_m; kd_s; keep; keep_n
    keeper; kept; key; kf_m; kf_s; ki_m; ki_s; kind; kinds; known; kp_bpK100; kp_m; kp_s; kt_m
    kt_s; ku; lag; lamp_kW; lamps; lamps_kW; largest_kW; last; last_s; last_us; late; late_ticks
    layout; lead; lead_changed; lead_mohm; lead_s; leak; least; least_kW; leave; led; left
    left_ms; left_s; len; length; lengths; let_go; level; level_name; levels; like; limit
    limit_cC; limit_per_s; limits; line; lines; list; listen; listened; lit; lit_kW; lit_only
    little; live_kW; lo; lo_bp; lo_cC; load; load_allowed; load_bp; load_kW; loaded_cC; loader
    locked; log; login; logout; longer; longest; longest_s; look; loop; loop_current; loops
    losses; lost; lost_n; low; low_bp; lower; lower_kW; lowest; m; machine; main; mains_Hz
    maintenance; make; make_; make_1_wire; make_ads1115; make_ds3231; make_fram_i2c
    make_fram_spi; make_i2c; make_max31865; make_mcp23017; make_mcp2518fd; make_pulses
    make_rs_485; make_rtd; make_safe; make_speed; make_spi; maker; manage; manual; manual_off
    manual_set; many; margin_s; mark; mask; matches; max; max31865; max_Hz; may_stop; mcp23017
    mcp2518fd; mean; meant; measure; mem; mem_alloc; mem_free; members; memory; memory_s
    memoryview; message; met; meter; micropython; min; min_change; minority; minute; minutes
    miso; missed; missed_n; missing; misuses; mode; mode_row; model; module; modules; moment
    month; more; mosi; most; most_bp; most_kW; mount; moved; moving; ms; mute; n; name; name_of
    names; nbtcfg; near; need_kW; new; new_s; newest; next; next_kW; next_ms; no; none; note
    noted; nothing; now; now_kW; now_ms; null; num; number; numbers; occurrences; of; of_point
    of_relay; of_setting; of_state; off; off_s; offered; offset; ok; old; old_s; oldest; on
    on_fault; on_trial; one; onewire; op; open; open_s; opened; ord; order; ordered; os; other
    others; out; out_bp; outdated; output; outputs; ov; over; over_bp; overload; overrides; ow
    own; p; packet; pairs; part; parts; passed_ms; passed_s; passive; passwd; past; path
    patience; pause; payload; pending; period; period_ms; period_s10; person; pf; pgn; pgns
    phase; pid; pin; pins; pipe; place; placeholder; placeholders; places; plan; plan_kW
    planned; plant; plant_accept; plant_bus; plant_can; plant_control; plant_mode
    plant_rotation; plant_words; plantbus; point; points; polarity; policy; poll; pop; port
    post_run_ms; prepare; present_type; preset; pressure; pressure_kPa10; previous; print
    print_exception; priority; probe; probes; prompt; proof; property; proposed; protocol
    proven; publish; pull_down; pullups; pulses; pump; pumps; purged; put; put16; put32; put_all
    put_off; pv; pv_good; pwm; q; quality; question; queue; quiet; quoted; r; r0_ohm; ramp
    range; rank; rate; rate_cCpmin; rates; ratio_e6; raw; rb; rdiv; read; read_call; read_into
    read_on; read_on_call; readblocks; readbyte; readfrom_into; readfrom_mem_into; readinto
    ready; ready_n; reason; reasons; rec; record; record_store; record_waits; records; recover
    recoveries; recv; recycle; refusal; refuse; refused; reg; register; rejoin; relations; relay
    relays; release; released; relook; remember; remove; rename; replace; replied; reply; report
    repr; request; request_ms; requests; required_kW; reserve_kW; reset; reset_cause
    reset_local; reset_reason; response; rest; rest_s; restart; restore; result; rfind; ring
    rise_cK; role; roles; rom; rom_ioctl; roms; room; room_cK; rooms; root; rotation; rounds
    row; rows; rpartition; rpm; rref_cohm; rs485; rstrip; rule; run; run_n; run_one; run_s
    run_slow; run_tail; runner; running; runs; rx; s; s_max; sa; safe; safe_bp; safeties; safety
    safety_store; safety_table; safety_texts; salt; sample; save; save_record; save_settings
    saved; saved_n; saving; says; scale; scan; scan_part; schedule; sck; scl; sda; seal; second
    seconds; secret; secure; see; seek; seen; seg1; seg2; select; self; selftest; send
    send_speed; sends; sensor; sensors; seq; sequence; serial; serve; service; service_h
    session; sessions; set; setattr; setpoint_cC; setting; setting_unit; setting_words; settings
    settings_store; settle; settled; sf; sha256; shared; shed; shed_bp; shed_kW; shed_pct
    shed_reasons; shed_rooms; shown; shut; signed; siis; silence; silent; simc; since; single
    sink; sisiisss; size; skip; skip_to; slack; slice_n; slide_bp; slide_for; slope_cKpmin; slot
    slots; slow; sniff; soft_cap_bp; soft_load; software; soon; sort; sorted; source; sourced
    sp; span; spark; speed; speed_for; speed_rpm; spi; split; spn; spn_name; spoken; ss; ssiiiss
    sss; ssss; st; stage; stage_kW; stage_n; stage_s; staging; stamp; stamped; stand_s; standing
    start; start_s; started; starts; starts_n; startswith; state; state_s; states; status
    statvfs; stay; stdin; stdout; steady; step; step_bp; steps; still; stop; stop_ms; stopped
    store; stored; str; stretch; strip; sum; super; supervisor; swap; swing_cC; switch; sys
    system; t; t_cC; table; tag; tag_read; tail; take; take_over; taken; taking; target_cC
    tasks; tasks_clear; tau_ms; tb; td_ms; tec; teeth; tell; temperature; term; text; texts
    tf_ms; then; ti_ms; tick; ticks; ticks_diff; ticks_ms; ticks_us; tidy; time; time_s; timeout
    timeout_ms; timer; timing; tired; tn; to; to_all; to_bytes; told; took_over; top; total
    total_W100; touch; tp; track; trend; trends; trial; trigger; tripped; tripped_n; true; ts_ms
    tt_ms; tune; tune_apply; tune_relay; tune_revert; tune_step; tune_stop; tuning; tuple; turn
    turned; two; tx; tx_lost; tx_n; tx_view; txbuf; txdone; u; uA; uV; u_bp; ua; uart; uctypes
    ultimate; umount; unanswered; uncertain; unconfirmed; unhexlify; unit; units; unknown
    unsafe; unsaved; unsure; until; until_ms; up; up_bp_s; up_n; up_s; update; upper; uptime_s
    us; usage; use; used; usurped; v; valid; value; value_bp; value_cC; values; valve; valves
    verdict; version; vfs; view; w_lim; wait; wait_s; waited_ms; waiting; waits; wake; want
    wanted; wants; warm; warm_cC; warning; watch; watchdog; way; way_back; way_out; wb; well
    what; when; who; whole; why; why_limited; why_not; why_not_running; why_shed; width; window
    window_ms; wires; within; word; words; worst_late_ms; worst_us; write; write_call
    write_read; write_readinto; write_write; writeblocks; writebyte; writeto; wrong; x; year
    yes; zip
    f('')
    f('\n')
    f('\r')
    f('\r\n')
    f('\r\n\x04>')
    f('\x1b[%dD')
    f('\x1b[0m')
    f('\x1b[0m\r\n')
    f('\x1b[1m')
    f('\x1b[2J')
    f('\x1b[2J\x1b[H')
    f('\x1b[31m')
    f('\x1b[H')
    f('\x1b[K')
    f(' ')
    f('    do:   ')
    f('    now:  ')
    f('    then: ')
    f('    why:  ')
    f(' %d')
    f(' (y/n): ')
    f(' = ')
    f(' for ')
    f(' for %d ms')
    f(' of ')
    f(' or ')
    f('"')
    f('"%s"')
    f('#')
    f('%02X')
    f('%02d:%02d')
    f('%08X')
    f('%d faults')
    f('%d frames')
    f('%d s')
    f('%d time%s')
    f('%s')
    f('%s %s')
    f('%s %s %s')
    f('%s %s%s')
    f('%s -> %s')
    f('%s = %d')
    f('%s = %s %s')
    f('%s%s: %s')
    f('%s, oil %s')
    f('%s.%s')
    f('%s.%s = %d')
    f('%s: %d')
    f('%s: %s')
    f('%s: %s; %s')
    f('%s;%d;%s')
    f('%s=%d')
    f('*')
    f('+')
    f(',')
    f(', ')
    f(', %s')
    f(', %s left')
    f(', %s: %s')
    f(', %s: [')
    f(', failed')
    f(', latched')
    f(', off for ')
    f('-')
    f('--')
    f('--json')
    f('.')
    f('.t')
    f('/')
    f('/slots.bin')
    f('/slots.new')
    f('0')
    f('0.01 degC')
    f('0.1.0')
    f('0123456789')
    f('1-wire')
    f('9')
    f('9876543210')
    f(':')
    f(': ')
    f(':;')
    f(';')
    f('; ')
    f('<dictcomp>')
    f('<lambda>')
    f('<listcomp>')
    f('<module>')
    f('=')
    f('> ')
    f('?')
    f('? %s\r\n')
    f('OK\x04')
    f('R\x00')
    f('[]')
    f('\\')
    f('\\u%04x')
    f(']')
    f('^C\r\n')
    f('_.-~=+*#')
    f('address %d')
    f('all passed')
    f('app.py')
    f('app_person.py')
    f('app_plant.py')
    f('back: ')
    f('boot.py')
    f('by hand')
    f('can in')
    f('cause: ')
    f('cf_comms.py')
    f('cf_core.py')
    f('cf_hal.py')
    f('cf_plant.py')
    f('cf_service.py')
    f('cf_unit.py')
    f('chws.')
    f('coldframe ')
    f('comms.j1939')
    f('comms.j1939.dm')
    f('comms.j1939.request')
    f('comms/__init__.py')
    f('comms/j1939/__init__.py')
    f('comms/j1939/dm.py')
    f('comms/j1939/request.py')
    f('core.ticks')
    f('core/__init__.py')
    f('core/ticks.py')
    f('core/version.py')
    f('cut in ')
    f('do:    ')
    f('engine can')
    f('firmware ')
    f('hal.board')
    f('hal.boards')
    f('hal.boards.findings')
    f('hal.boards.rp2040_pico')
    f('hal.drivers')
    f('hal.drivers.health')
    f('hal.drivers.watchdog')
    f('hal.outputs')
    f('hal/__init__.py')
    f('hal/board.py')
    f('hal/board_alarms.py')
    f('hal/boards/__init__.py')
    f('hal/boards/filters.py')
    f('hal/boards/findings.py')
    f('hal/boards/parts.py')
    f('hal/boards/probes.py')
    f('hal/boards/rp2040_pico.py')
    f('hal/drivers/__init__.py')
    f('hal/drivers/can_filters.py')
    f('hal/drivers/can_timing.py')
    f('hal/drivers/health.py')
    f('hal/drivers/watchdog.py')
    f('hal/outputs.py')
    f('hal/slots.py')
    f('hal/virtual.py')
    f('hal/virtual_memory.py')
    f('here.py')
    f('in')
    f('in force: ')
    f('in manual')
    f('is')
    f('kind %d')
    f('lamps: ')
    f('level %d')
    f('logged out')
    f('main.py')
    f('no alarms')
    f('none lit')
    f('not ready')
    f('not set')
    f('not signed')
    f('now %s %s')
    f('pass')
    f('pending: ')
    f('plant bus')
    f('plant can')
    f('plant in')
    f('plant unit')
    f('plant.rooms')
    f('plant/__init__.py')
    f('plant/rooms.py')
    f('power on')
    f('r+b')
    f('recycle.')
    f('rs-485')
    f('run memory')
    f('safety 1')
    f('safety 2')
    f('safety 3')
    f('service.console')
    f('service.console.answer')
    f('service.console.call')
    f('service.console.checklist')
    f('service.crc')
    f('service/__init__.py')
    f('service/console/__init__.py')
    f('service/console/access.py')
    f('service/console/alarms.py')
    f('service/console/answer.py')
    f('service/console/asking.py')
    f('service/console/board.py')
    f('service/console/calibrate.py')
    f('service/console/call.py')
    f('service/console/checklist.py')
    f('service/console/commission.py')
    f('service/console/complete.py')
    f('service/console/date.py')
    f('service/console/ecu.py')
    f('service/console/entries.py')
    f('service/console/firing.py')
    f('service/console/helping.py')
    f('service/console/hints.py')
    f('service/console/log.py')
    f('service/console/look.py')
    f('service/console/manual.py')
    f('service/console/plant.py')
    f('service/console/run.py')
    f('service/console/runner.py')
    f('service/console/safety.py')
    f('service/console/selftest.py')
    f('service/console/sniff.py')
    f('service/console/steps.py')
    f('service/console/tune.py')
    f('service/console/values.py')
    f('service/console/why.py')
    f('service/crc.py')
    f('service/tuning.py')
    f('service/units.py')
    f('set by: %s')
    f('settings: ')
    f('soft reset')
    f('state %d')
    f('test: ')
    f('then:  ')
    f('they were ')
    f('unit %d')
    f('unit %s %s')
    f('unit.interlock')
    f('unit.mode')
    f('unit.safety_texts')
    f('unit.supervisor')
    f('unit/__init__.py')
    f('unit/interlock.py')
    f('unit/safety_store.py')
    f('unit/safety_table.py')
    f('unit/safety_texts.py')
    f('unit/states.py')
    f('unit/supervisor.py')
    f('units: ')
    f('utf-8')
    f('version;')
    f('waiting: ')
    f('was: ')
    f('who %d')
    f('wrong PIN')
    f('{')
    f('}')
    f('°')
