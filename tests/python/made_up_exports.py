"""Exports of the three tools small enough to work out by hand, each line there for a trap it holds."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random

# a1 is promised across the night in which clocks go forward: 24 hours on the wall are 23.
# a2 is open in one export and closed in the next; a3 says a time that nobody can read; a4 says its offset.
BOSTON_2019 = """\
case_enquiry_id,open_dt,sla_target_dt,closed_dt,on_time,case_status,case_title,reason,type,queue,department,neighborhood,ward,source,file_year
a1,2019-03-09 12:00:00,2019-03-10 12:00:00,2019-03-10 12:00:00,ONTIME,Closed,t,r,Bed Bugs,q,d,n,w,Constituent Call,2019
a2,2019-07-01 10:00:00,,,ONTIME,Open,t,r,Bed Bugs,q,d,n,w,Twitter,2019
a3,yesterday,,,ONTIME,Open,t,r,Bed Bugs,q,d,n,w,Twitter,2019
a4,2019-07-01T10:00:00-04:00,,,ONTIME,Open,t,r,Bed Bugs,q,d,n,w,Carrier Pigeon,2019
"""
BOSTON_2020 = """\
case_enquiry_id,open_dt,sla_target_dt,closed_dt,on_time,case_status,case_title,reason,type,queue,department,neighborhood,ward,source,file_year
a2,2019-07-01 10:00:00,,2020-01-02 10:00:00,ONTIME,Closed,t,r,Bed Bugs,q,d,n,w,Twitter,2019
"""

# Invoice 1 has two equal lines, which are two. Invoice 2 cannot be summed. C3 gives an article of 1 back (its code in
# capitals), C4 one that the customer never bought, C6 is of nobody.
RETAIL_FIRST = """\
Invoice,StockCode,Quantity,InvoiceDate,Price,CustomerID,Country
1,x1a,2,2010-01-04 10:00:00,2.50,7,EIRE
1,x1a,2,2010-01-04 10:01:00,2.50,7,EIRE
1,POST,1,2010-01-04 10:00:00,0.995,7,EIRE
2,x1a,many,2010-01-05 10:00:00,1.00,8,United Kingdom
2,x1b,1,2010-01-05 10:00:00,1.00,8,United Kingdom
C3,X1A,-1,2010-02-01 11:00:00,2.50,7,EIRE
C4,zzz,-1,2010-02-02 11:00:00,1.00,7,EIRE
C6,x1a,-1,2010-02-03 11:00:00,1.00,,Unspecified
"""
# The next export overlaps: it repeats a part of invoice 1, and holds one of the summer.
RETAIL_SECOND = """\
Invoice,StockCode,Quantity,InvoiceDate,Price,CustomerID,Country
1,x1a,2,2010-01-04 10:01:00,2.50,7,EIRE
5,x1b,3,2010-07-01 10:00:00,1.10,7,France
"""

# UA 1 arrives 14 minutes late, UA 2 15; UA 3 flies over midnight to an airport on another clock; UA 4 is diverted and
# UA 5 cancelled, as R writes it; UA 6 goes where the connector knows no clock; UA 7 has a delay that nobody can read.
FLIGHTS = """\
year,month,day,dep_time,sched_dep_time,dep_delay,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest
2013,1,5,NA,515,0,819,14,UA,1,N1,EWR,IAH
2013,1,5,NA,615,0,819,15,UA,2,N1,EWR,BOS
2013,1,5,NA,2350,-5,345,-20,UA,3,N1,JFK,SJU
2013,1,5,NA,700,1,900,NA,UA,4,N1,LGA,ORD
2013,1,5,NA,700,NA,900,NA,UA,5,NA,LGA,ORD
2013,1,5,NA,700,1,900,1,UA,6,N1,LGA,ZZZ
2013,1,5,NA,700,1,900,soon,UA,7,N1,LGA,ORD
"""
# It rained at EWR from five to six, and the hour comes twice.
WEATHER = """\
origin,year,month,day,hour,temp,wind_speed,precip,visib,time_hour
EWR,2013,1,5,5,39.0,10.3,0.02,10,2013-01-05T10:00:00Z
EWR,2013,1,5,5,39.0,10.3,0.02,10,2013-01-05T10:00:00Z
EWR,2013,1,5,6,39.0,10.3,0,10,2013-01-05T11:00:00Z
"""

FILES = {
    "boston311/requests_2019.csv": BOSTON_2019,
    "boston311/requests_2020.csv": BOSTON_2020,
    "online_retail/invoice_lines_1.csv": RETAIL_FIRST,
    "online_retail/invoice_lines_2.csv": RETAIL_SECOND,
    "nycflights13/flights.csv": FLIGHTS,
    "nycflights13/weather.csv": WEATHER,
}


def retail_invoices(customers: int = 120, seed: int = 1) -> str:
    """An export of online_retail of customers who come back, or not, over two years: one line an invoice."""
    random = Random(seed)
    lines = ["Invoice,StockCode,Quantity,InvoiceDate,Price,CustomerID,Country"]
    for customer in range(1, customers + 1):
        when = datetime(2010, 1, 4, 9) + timedelta(days=random.uniform(0, 600))
        while when < datetime(2011, 12, 9):
            invoice, price = 500_000 + len(lines), random.choice((0.85, 2.5, 12.75))
            lines.append(f"{invoice},x1a,{random.randint(1, 9)},{when:%Y-%m-%d %H:%M:%S},{price},{customer},EIRE")
            when += timedelta(days=random.expovariate(1 / 90))
    return "\n".join(lines) + "\n"


def write_exports(landing: Path) -> None:
    """Write the files as the three tools would, below `landing`."""
    for name, text in FILES.items():
        path = landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
